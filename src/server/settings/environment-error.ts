import { OperatorError } from "../../platform/operator-error";

/** The settings cannot be used. Its message is for the operator and names each of them. */
export class EnvironmentError extends OperatorError {}
