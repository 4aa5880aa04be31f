/**
 * The codes and names of the whole catalogue, stable for ever: they stand in denials, policies, metrics and reports.
 * A code that no check implements yet is reserved, so that policies may already name it.
 */
export const CODES = {
  LK101: 'PathOutsideGrant',
  LK102: 'PathEscapesGrant',
  LK103: 'RegexEscapesGrant',
  LK104: 'RegexUndecided',
  LK105: 'RegexInvalid',
  LK106: 'InheritedPathClimbs',
  LK107: 'HeadersOutsideGrant',
  LK108: 'QueryParamsOutsideGrant',
  LK109: 'MethodOutsideGrant',
  LK110: 'MatcherSpelling',
  LK111: 'DuplicateMatcherName',
  LK112: 'HostnamesOnDelegate',
  LK113: 'AmbiguousPath',
  LK201: 'NotSelected',
  LK202: 'ParentMissing',
  LK203: 'LabelOutsideScope',
  LK204: 'LabelUnscoped',
  LK205: 'ConsentMissing',
  LK206: 'ParentRefMisread',
  LK207: 'ForeignDelegation',
  LK208: 'NamespaceNamedAll',
  LK209: 'LabelNotDelegated',
  LK301: 'DirectAttachTakesGrant',
  LK302: 'DirectAttachForbidden',
  LK303: 'HostnameForbidden',
  LK304: 'GatewayMissing',
  LK305: 'OtherRouteTakesGrant',
  LK401: 'CarveOutTaken',
  LK402: 'TakesIncumbent',
  LK403: 'SameMatch',
  LK404: 'Shadowed',
  LK405: 'AnswersError',
  LK501: 'DelegationCycle',
  LK502: 'DelegationTooDeep',
  LK503: 'DelegationTooWide',
  LK504: 'NonPrefixGrant',
  LK505: 'BreaksChildren',
  LK506: 'WholeHostDelegated',
  LK507: 'EmptyMatchesDelegated',
  LK508: 'MixedDelegation',
  LK509: 'SeveralParentsInherit',
  LK510: 'SiblingFilters',
  LK511: 'ExposesChildren',
  LK601: 'BackendKindForbidden',
  LK602: 'BackendNamespaceForbidden',
  LK603: 'RewriteForbidden',
  LK604: 'RedirectForbidden',
  LK605: 'MirrorForbidden',
  LK606: 'ProtectedHeader',
  LK607: 'ExtensionRefForbidden',
  LK608: 'LimitExceeded',
  LK609: 'ProtectedLabel',
  LK701: 'RouteWeight',
  LK702: 'LegacyKey',
  LK703: 'KeyValueIgnored',
  LK704: 'PolicyInheritanceOpen',
} as const

export type CheckCode = keyof typeof CODES

const BY_NAME: ReadonlyMap<string, CheckCode> = new Map(Object.entries(CODES).map(([code, name]) => [name, code as CheckCode]))

/** The code for a code or a name as users write them, or undefined. */
export function parseCode(text: string): CheckCode | undefined {
  return Object.hasOwn(CODES, text) ? (text as CheckCode) : BY_NAME.get(text)
}
