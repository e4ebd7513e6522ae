/** Something that only the operator can fix. Its message says what, and is shown without a stack. */
export class OperatorError extends Error {}
