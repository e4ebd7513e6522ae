export * from "./errors";
export * from "./qr";
export * from "./schemas";
