/** Before a subject, on core NATS: the stream has a message on it. */
export const BELL = 'holdfast.bell';
