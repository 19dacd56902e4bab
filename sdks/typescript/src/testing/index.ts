// The testing side: an authorization server, a clock and faults, all inside the test.

export { FakeClock } from "./fake-clock.js";
export { type Claims, FakeIssuer, type FakeIssuerOptions, type Handler, type SeenRequest } from "./fake-issuer.js";
export type { FakeEndpoint, Fault, Faults } from "./faults.js";
