#compdef kubectl-sts
# Completion of kubectl-sts when it is run by that name:  source <(kubectl-sts completion zsh), or as _kubectl-sts in a
# folder of $fpath. `kubectl sts` is completed by kubectl: see `kubectl sts completion install`.
_kubectl_sts() {
    local -a lines candidates options
    local line value about
    integer directive=4
    lines=("${(@f)$(kubectl-sts __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        if [[ $line == :<-> ]]; then
            directive=${line#:}
        elif [[ -n $line ]]; then
            value=${line%%$'\t'*}
            about=${line#$value}
            candidates+=("${value//:/\\:}${about:+:${about#$'\t'}}")
        fi
    done
    # Of --flag=value the value is completed.
    [[ $PREFIX == -*=* ]] && compset -P 1 '*='
    (( directive & 2 )) && options+=(-S '')
    if (( directive & 32 )); then
        _describe -V 'kubectl sts' candidates "${options[@]}"
    else
        _describe 'kubectl sts' candidates "${options[@]}"
    fi
    (( directive & 4 )) || _files
}
if [[ $funcstack[1] == _kubectl-sts ]]; then
    _kubectl_sts "$@"
else
    compdef _kubectl_sts kubectl-sts
fi
