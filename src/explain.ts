// mdm-protocol/explain: any artefact as a readable tree with findings.
export { explain } from './explain/explain.js'
export type { Explanation, ExplanationField } from './explain/explanation.js'
