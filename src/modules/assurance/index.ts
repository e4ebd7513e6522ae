export {
  type Authentication,
  factorsAfterStepUp,
  requireRecent,
  requireSettingsOpen,
  STEP_UP_LIFETIME_IN_SECONDS,
} from "./authentication";
export { type Assurance, assuranceOf, type Factor, formatFactors, parseFactors } from "./factors";
export { type Lifetimes, lifetimeOf } from "./lifetimes";
