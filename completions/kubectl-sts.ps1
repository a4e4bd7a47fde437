# Completion of kubectl-sts when it is run by that name, in PowerShell 7.3 and later, which passes empty words on:
#   kubectl-sts completion powershell | Out-String | Invoke-Expression
# `kubectl sts` is completed by kubectl: see `kubectl sts completion install`.
Register-ArgumentCompleter -Native -CommandName 'kubectl-sts' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    $flag = if ($wordToComplete -match '^-[^=]*=') { $Matches[0] } else { '' }
    kubectl-sts __complete @words "$wordToComplete" 2>$null |
        Where-Object { $_ -notmatch '^:\d+$' } |
        ForEach-Object {
            $value, $about = $_ -split "`t", 2
            if (-not $about) { $about = $value }
            [System.Management.Automation.CompletionResult]::new("$flag$value", $value, 'ParameterValue', $about)
        }
}
