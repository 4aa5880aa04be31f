export const COMMANDS = ['serve', 'check', 'audit', 'explain', 'tree', 'diff', 'version', 'help'] as const

export type Command = (typeof COMMANDS)[number]

/** How any command may end beside its own ways. */
const ANY = `70 a bug in lanekeeper, 74 the output can't be written, 141 nobody reads it on`

const OVERVIEW = `lanekeeper judges Gateway API HTTPRoutes against what their parents delegate to them.

Usage: lanekeeper COMMAND [OPTIONS]

Commands:
  serve     answer admission reviews over HTTPS
  check     judge manifests, offline or against a cluster
  audit     list what is wrong with everything that is there
  explain   say which route gets a request, and why
  tree      show who delegates to whom
  diff      say which requests change hands between two sets of manifests
  version   print the version
  help      explain a command

Examples:
  lanekeeper serve --manifests platform/ --manifests teams/
  lanekeeper check payments.yaml --against platform/
  lanekeeper explain GET api.example.com/payments/ platform/ teams/
  lanekeeper help check
`

const SERVE = `Answer admission reviews over HTTPS, about a cluster or a directory of manifests.

Usage: lanekeeper serve [OPTIONS]

Options:
  --manifests DIR              manifests of the cluster: routes, Gateways, Namespaces, DelegationPolicies.
                               Repeatable; watched
  --kubeconfig FILE            follow the cluster of this file instead
  --context NAME               and of this context in it. Default: its current-context
  --listen HOST:PORT           the webhook's HTTPS endpoints /validate and /mutate. Default: 127.0.0.1:8443;
                               port 0 = a free one, printed
  --metrics-listen HOST:PORT   plain HTTP: /livez, /readyz, /metrics. Default: 127.0.0.1:8080
  --tls-cert FILE              server certificate (chain), PEM; with --tls-key. Replaced files are picked up
  --tls-key FILE               its private key, PEM
  --certs-dir DIR              where a self-made CA and certificate are kept without --tls-cert.
                               Default: certs/ of the package
  --tls-secret NAMESPACE/NAME  keep the self-made CA and certificate in this Secret of the cluster, shared by all replicas
  --validating-webhook NAME    with --tls-secret: the configuration whose caBundle is kept; likewise
  --mutating-webhook NAME
  --service NAMESPACE/NAME     with --tls-secret: the Service that the certificate is for
  --certificate-life DURATION  with --tls-secret: how long a certificate lasts. Default: 90d. Renewed at two thirds
  --ca-life DURATION           with --tls-secret: how long a CA lasts. Default: 1825d. Renewed at two thirds
  --ca-propagation DURATION    with --tls-secret: how long a new CA is in the caBundles before it signs. Default: 30s
  --lease NAMESPACE/NAME       in a cluster: the replica that holds this Lease audits for all, and writes the status of
                               policies; each writes events about denials. Without: audits for itself, writes nothing
  --client-ca FILE             CAs of client certificates, PEM. A replaced file is picked up
  --client-subject CN          the common name of a caller that counts as the API server. Repeatable; with --client-ca
  --require-client-cert        refuse every other caller with 403
  --log-level LEVEL            fatal, error, warn, info, debug, trace or silent. Default: info. The log goes to stderr
  --docs-base URL              where messages link to: URL/LK103. Default: https://lanekeeper.dev/checks
  --reservation-life SECONDS   how long an admitted route counts before the view has it. Default: 10
  --tombstone-life SECONDS     how long a deleted route still holds its requests against others. Default: 600
  --shutdown-delay SECONDS     how long to serve on after SIGTERM, unready. Default: 10
  -h, --help                   print this

Without --manifests and --kubeconfig: in a pod (KUBERNETES_SERVICE_HOST is set) its own cluster, else the
example "verticals".

Signals: SIGTERM = unready, serve on for the delay, drain, exit 0. SIGINT (Ctrl-C) = the same without the delay.
A second signal = exit now.

Exit code: 0 after a signal, 1 if it can't start or a second signal ends it, 2 usage,
${ANY}.

Examples:
  lanekeeper serve
  lanekeeper serve --manifests platform/ --manifests teams/ --listen 0.0.0.0:8443
  lanekeeper serve --kubeconfig ~/.kube/config --context staging
  lanekeeper serve --manifests platform/ --tls-cert tls.crt --tls-key tls.key
  lanekeeper serve --tls-secret lanekeeper/tls --validating-webhook lanekeeper --service lanekeeper/lanekeeper
`

const CHECK = `Judge every HTTPRoute and GRPCRoute of some manifests as if it were submitted to the cluster.

Usage: lanekeeper check PATH... [OPTIONS]

PATH is a file (.yaml, .yml, .json), a directory, or - for standard input, as helm template or kustomize build
print it. A route is judged as an UPDATE of the object of its name in --against, else as a CREATE. The cluster is
--against plus PATH itself; DelegationPolicies are read from both.

Options:
  --against PATH         what is in the cluster already. Repeatable
  --kubeconfig FILE      the same, read from the cluster of this file; instead of --against
  --context NAME         and of this context in it. Default: its current-context
  -n, --namespace NAME   namespace of objects that don't say theirs. Default: default
  --output FORMAT        text, json (docs/check-result.schema.json), sarif (2.1.0) or junit (XML). Default: text
  --fail-on ACTION       deny or warn: the least finding that makes the exit code 1. Default: deny
  --fix                  repair the files of PATH as the webhook would: findings whose action is Patch. Comments,
                         order and quoting stay. What remains decides the exit code
  --dry-run              with --fix: change nothing, print a diff; findings go to standard error
  --changed-since REF    judge only files that differ from this git revision, or are new
  --docs-base URL        where messages link to: URL/LK103. Default: https://lanekeeper.dev/checks
  -h, --help             print this

A path, or standard input, without any Kubernetes object is an error: it is likely the wrong one. Objects of other kinds
only are a warning. Nothing is judged where --against or the cluster can't be read.

Colours only on a terminal; NO_COLOR and FORCE_COLOR are heeded.

Exit code: 0 fine, 1 a finding at or above --fail-on, 2 usage or unreadable input (wins over 1),
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper check payments.yaml --against platform/
  helm template payments chart/ | lanekeeper check - --against platform/ -n payments
  lanekeeper check teams/ --against platform/ --fail-on warn --output json
  lanekeeper check teams/ --against platform/ --changed-since origin/main --output sarif
  lanekeeper check teams/ --against platform/ --fix --dry-run
`

const EXPLAIN = `Say which route and rule gets a request, through which grants, and whom it outranks.

Usage: lanekeeper explain METHOD URL [PATH...] [OPTIONS]

URL is host and path, with or without a scheme and a port: what is left out may be anything. PATH is a file
(.yaml, .yml, .json), a directory, or - for standard input. Default: the example "verticals".

Options:
  -H, --header NAME:VALUE  a header of the request. Repeatable
  -n, --namespace NAME     namespace of objects that don't say theirs. Default: default
  --output FORMAT          text or json. Default: text
  -h, --help               print this

Exit code: 0 served, 1 not served (404 or 500), 2 usage or unreadable input,
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper explain GET api.example.com/payments/cards
  lanekeeper explain POST https://api.example.com/pay -H x-tenant:blue platform/ teams/
`

const TREE = `Show every Gateway, its listeners, the routes attached to them, and whom these delegate to.

Usage: lanekeeper tree [PATH...] [OPTIONS]

Each route stands with its hosts, its effective paths, what they are answered with, and the codes of its findings.
Routes that nobody reaches are at the end. PATH is a file (.yaml, .yml, .json), a directory, or - for standard
input. Default: the example "verticals".

Options:
  -n, --namespace NAME  namespace of objects that don't say theirs. Default: default
  --output FORMAT       text, json, dot (Graphviz) or mermaid. Default: text
  -h, --help            print this

Exit code: 0 printed, 2 usage or unreadable input,
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper tree platform/ teams/
  lanekeeper tree platform/ teams/ --output dot | dot -Tsvg
`

const DIFF = `Say which requests change hands between two sets of manifests.

Usage: lanekeeper diff BEFORE AFTER [OPTIONS]

A request changes hands if another route gets it, or the same one answers it from other backends. Requests are
grouped by who had them and who gets them, each group with an example. BEFORE and AFTER are files (.yaml, .yml,
.json), directories, or - for standard input.

Options:
  --against PATH        what else is in the cluster, before and after. Repeatable
  -n, --namespace NAME  namespace of objects that don't say theirs. Default: default
  --output FORMAT       text or json. Default: text
  -h, --help            print this

Exit code: 0 no request changes hands, 1 some do or may, 2 usage or unreadable input,
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper diff cluster/ changed/
  git show HEAD:routes.yaml | lanekeeper diff - routes.yaml --against platform/
`

const AUDIT = `List what is wrong with everything that is there: each route as if it came now, beside all others.

Usage: lanekeeper audit PATH... [OPTIONS]
       lanekeeper audit --kubeconfig FILE [OPTIONS]

PATH is a file (.yaml, .yml, .json), a directory, or - for standard input. DelegationPolicies are read from the same
place. Without PATH and --kubeconfig: in a pod, its own cluster. Nothing is changed anywhere.

An update may leave what was wrong before as it is; the audit doesn't ask how long it has been there. Of two routes
that want the same requests the younger one is reported.

Options:
  --kubeconfig FILE      the cluster of this file. Needs list on the kinds of the view, in all namespaces
  --context NAME         and of this context in it. Default: its current-context
  --manifests PATH       the same as PATH. Repeatable
  -n, --namespace NAME   namespace of objects that don't say theirs. Default: default
  --as-enforced          as if every policy were in mode Enforce: what would be denied then
  --output FORMAT        text or json (docs/audit-result.schema.json). Default: text
  --fail-on ACTION       deny or warn: the least finding that makes the exit code 1. Default: deny
  --docs-base URL        where messages link to: URL/LK103. Default: https://lanekeeper.dev/checks
  -h, --help             print this

Exit code: 0 fine, 1 a finding at or above --fail-on, 2 usage or unreadable input (wins over 1),
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper audit --kubeconfig ~/.kube/config
  lanekeeper audit --kubeconfig ~/.kube/config --as-enforced --output json
  lanekeeper audit platform/ teams/
`

const VERSION = `Print the version.

Usage: lanekeeper version

Exit code: 0 printed, 2 usage,
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper version
`

const HELP = `Explain a command.

Usage: lanekeeper help [COMMAND]

Exit code: 0 printed, 2 usage,
${ANY}, 130 Ctrl-C.

Examples:
  lanekeeper help serve
`

const TEXTS: Readonly<Record<Command, string>> = {
  serve: SERVE,
  check: CHECK,
  audit: AUDIT,
  explain: EXPLAIN,
  tree: TREE,
  diff: DIFF,
  version: VERSION,
  help: HELP,
}

export function helpText(command: Command | undefined): string {
  return command === undefined ? OVERVIEW : TEXTS[command]
}
