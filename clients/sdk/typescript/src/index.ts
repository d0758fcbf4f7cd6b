export { type Options, Otrp } from './client.js';
export { ConnectionError, type Problem, ProblemError } from './errors.js';
export type { components, operations, paths } from './made/api.js';
export { each } from './pages.js';
export { repeatable, type RetryOptions } from './retry.js';
export type { Tls } from './transport.js';
export { type Image, upload } from './upload.js';
export { type Event, verify, WebhookError } from './webhooks.js';
