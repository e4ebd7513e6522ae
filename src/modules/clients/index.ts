export { FIRST_PARTY_CLIENT_ID } from "../../contract/first-party";
export { ClientAssertions } from "./client-assertions";
export { type ClientKeys, readClientKeys } from "./client-keys";
export {
  type ClientCredentials,
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  Clients,
  clientGrants,
  isConfidential,
  type TokenReach,
} from "./clients";
