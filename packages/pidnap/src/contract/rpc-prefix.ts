/** Path under which the RPC is served; a wire-incompatible change gets a new one. */
export const RPC_PREFIX = '/rpc/v1';
