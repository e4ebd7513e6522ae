export { FIRST_PARTY_CLIENT_ID } from "../../contract/first-party";
export {
  authenticationOf,
  type ClientActor,
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  type ClientUse,
  clientGrants,
  isConfidential,
  type TokenReach,
} from "./client";
export { ClientAssertions } from "./client-assertions";
export { type ClientKeys, readClientKeys } from "./client-keys";
export { type ClientCredentials, Clients } from "./clients";
export { type NewClient, requireFitting } from "./new-client";
