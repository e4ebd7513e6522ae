export { FIRST_PARTY_CLIENT_ID } from "../../contract/first-party";
export {
  type ClientCredentials,
  type ClientGrant,
  type ClientRecord,
  type ClientStore,
  Clients,
  clientGrants,
  type TokenReach,
} from "./clients";
