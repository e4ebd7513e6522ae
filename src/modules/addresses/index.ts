export { isInsideAddress, readAddress, readForwardedAddress } from "./read-address";
