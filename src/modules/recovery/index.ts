export { RECOVERY_LINK_LIFETIME_IN_SECONDS, Recovery } from "./recovery";
