export { Deletion, type DeletionOptions } from "./deletion";
export type { HeldProof } from "./keep-tokens";
