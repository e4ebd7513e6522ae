export * from "./errors";
export * from "./limits";
export * from "./qr";
export * from "./schemas";
export * from "./sites";
