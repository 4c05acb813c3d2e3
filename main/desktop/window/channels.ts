/** The IPC channels between the preload script and the main process. */
export const CALL = 'greenlight:call';
export const CANCEL = 'greenlight:cancel';
export const SUBSCRIBE = 'greenlight:subscribe';
export const EVENT = 'greenlight:event';
