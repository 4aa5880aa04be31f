import { DELEGATION_POLICY_SPEC, POLICY_API_VERSION, POLICY_KIND } from './delegation-policy.ts'
import { DELEGATION_POLICY_STATUS } from './policy-status.ts'
import { structuralSchema } from './structural-schema.ts'

const [GROUP = '', VERSION = ''] = POLICY_API_VERSION.split('/')
const PLURAL = 'delegationpolicies'

/** The CustomResourceDefinition of DelegationPolicy, all of it from the schemas. Helm leaves it, and with it every policy, on uninstall. */
export function delegationPolicyCrd() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { kind: POLICY_KIND, listKind: `${POLICY_KIND}List`, plural: PLURAL, singular: POLICY_KIND.toLowerCase() },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
            { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
            { name: 'Deny', type: 'integer', jsonPath: '.status.findings.deny' },
            { name: 'Warn', type: 'integer', jsonPath: '.status.findings.warn' },
            { name: 'Dialect', type: 'string', jsonPath: '.spec.dialect', priority: 1 },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: "An administrator's rules for the HTTPRoutes of the namespaces it selects.",
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: { ...structuralSchema(DELEGATION_POLICY_SPEC), default: {} },
                status: structuralSchema(DELEGATION_POLICY_STATUS),
              },
            },
          },
        },
      ],
    },
  }
}
