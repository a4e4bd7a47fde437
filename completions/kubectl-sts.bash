# Completion of kubectl-sts when it is run by that name:  source <(kubectl-sts completion bash)
# `kubectl sts` is completed by kubectl: see `kubectl sts completion install`.
_kubectl_sts() {
    local -a words=()
    local line=${COMP_LINE:0:COMP_POINT} last whole value directive=4
    read -r -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    last=${words[${#words[@]}-1]}
    # Of --flag=value the value is completed, and readline itself breaks words at = and :.
    [[ $last == -*=* ]] && last=${last#*=}
    whole=${last%"${last##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r value; do
        if [[ $value =~ ^:[0-9]+$ ]]; then
            directive=${value#:}
        else
            value=${value%%$'\t'*}
            COMPREPLY+=("${value#"$whole"}")
        fi
    done < <(kubectl-sts __complete "${words[@]:1}" 2>/dev/null)
    if [[ $(type -t compopt) == builtin ]]; then
        if ((directive & 2)); then compopt -o nospace; fi
        if ((directive & 4)); then compopt +o default; fi
        if ((directive & 32)); then compopt -o nosort 2>/dev/null; fi
    fi
}
complete -o default -F _kubectl_sts kubectl-sts
