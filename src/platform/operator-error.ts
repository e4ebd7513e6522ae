/** Something that only the operator can mend. Its message says what, and is shown without a stack. */
export class OperatorError extends Error {}
