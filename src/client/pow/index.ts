export { type PowChallenge, type SolvePowOptions, solvePow } from "./solve-pow";
