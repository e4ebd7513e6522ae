export { createSignatureCheck, type SignatureChecks } from "./signature-checks";
