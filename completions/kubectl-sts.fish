# Completion of kubectl-sts when it is run by that name:  kubectl-sts completion fish | source
# `kubectl sts` is completed by kubectl: see `kubectl sts completion install`.
function __kubectl_sts_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (kubectl-sts __complete $words[2..-1] "$current" 2>/dev/null)
    # Of --flag=value the value is completed.
    set -l flag (string match -r -- '^-[^=]*=' $current)
    if test "$lines[-1]" = ':0'
        __fish_complete_path (string replace -- "$flag" '' $current)
        return
    end
    for line in (string match -v -r -- '^:[0-9]+$' $lines)
        echo -- "$flag$line"
    end
end
complete -c kubectl-sts -e
complete -c kubectl-sts -k -f -a '(__kubectl_sts_complete)'
