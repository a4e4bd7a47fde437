@rem kubectl runs this on TAB after `kubectl sts`; `kubectl sts completion install` puts it in place.
@kubectl-sts __complete %* 2>nul
