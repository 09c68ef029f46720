/**
 * The largest message that either side takes, in bytes. The largest that there is: a snapshot of the 131,072 packs that a commit may
 * name, which names them in its sealed header and beside it.
 */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Options of a gRPC channel or server. */
export const MESSAGE_LIMIT = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
};
