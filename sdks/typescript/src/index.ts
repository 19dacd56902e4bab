// Both sides: calling an API, and being one.

export * from "./client/index.js";
export * from "./server/index.js";
