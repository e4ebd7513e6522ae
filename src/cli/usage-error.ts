import { OperatorError } from "../platform/operator-error";

/** What was typed cannot be done. Its message is for the operator. */
export class UsageError extends OperatorError {}
