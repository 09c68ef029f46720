/** What the path of a Unix socket may have in bytes: the shortest limit of the systems that we run on. */
export const MAX_SOCKET_PATH = 103;
