export {
  type ChallengeRecord,
  type ChallengeStore,
  issuedAt,
  SecondFactorChallenges,
} from "./challenges";
export type { SecondFactorPolicy } from "./policy";
export type { PendingTotp, SealedTotp, SecondFactorRecord, SecondFactorStore } from "./record";
export { type NewTotp, SecondFactors } from "./second-factors";
