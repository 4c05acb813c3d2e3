import { EventEmitter } from 'node:events';
import type { Electron, SenderPart, SessionPart } from '../../../main/desktop/electron.ts';
import type { FakeApp } from './app.ts';
import type { FakeContents } from './window.ts';

/** The default session: what a page asks it for, and what it is told. */
export function createSession() {
  const events = new EventEmitter();
  let check: Parameters<SessionPart['setPermissionCheckHandler']>[0] = null;
  let request: Parameters<SessionPart['setPermissionRequestHandler']>[0] = null;
  let device: Parameters<SessionPart['setDevicePermissionHandler']>[0] = null;
  /** What the system's proxy settings say of an address, as a PAC script does. */
  let proxies: (url: string) => string = () => 'DIRECT';
  /** Whether they were read: until then it does not know. */
  let read = false;
  const main: SessionPart = {
    forceReloadProxyConfig: async () => {
      read = true;
    },
    resolveProxy: async (url) => (read ? proxies(url) : 'DIRECT'),
    setPermissionCheckHandler: (handler) => {
      check = handler;
    },
    setPermissionRequestHandler: (handler) => {
      request = handler;
    },
    setDevicePermissionHandler: (handler) => {
      device = handler;
    },
    on: (event, listener) => events.on(event, listener),
  };
  type Permission = Parameters<NonNullable<Parameters<SessionPart['setPermissionCheckHandler']>[0]>>[1];
  return {
    main,
    setProxies(next: typeof proxies) {
      proxies = next;
    },
    /** Whether a page at `url` has, and is given, `permission`. Without a handler everything is granted. */
    async permits(permission: Permission, url: string): Promise<boolean> {
      const origin = url.replace(/^(\w+:\/\/[^/]*).*/, '$1/');
      const has = check?.(null, permission, origin, {} as never) ?? true;
      const given = await new Promise<boolean>((resolve) => {
        if (!request) resolve(true);
        else request({} as never, permission, resolve, { requestingUrl: url } as never);
      });
      if (has !== given) throw new Error(`The check says ${has}, the request ${given}.`);
      return given;
    },
    permitsDevices: () => device?.({} as never) ?? true,
    /** The title of the dialog in which a download of `url` is saved; `undefined` when it does not go on. */
    downloads(url: string, name = 'a.csv'): string | undefined {
      let allowed = true;
      let title = url;
      events.emit(
        'will-download',
        {
          preventDefault: () => {
            allowed = false;
          },
        },
        {
          getURL: () => url,
          getFilename: () => name,
          setSaveDialogOptions(options: { title?: string }) {
            title = options.title ?? title;
          },
        },
      );
      return allowed ? title : undefined;
    },
  };
}

/** IPC between pages and the main process; messages are copied on the way, as Electron does. */
export function createIpc() {
  const handlers = new Map<string, (event: SenderPart, ...args: unknown[]) => unknown>();
  const events = new EventEmitter();
  const main: Electron['ipcMain'] = {
    handle(channel, listener) {
      if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
      handlers.set(channel, listener);
    },
    on: (channel, listener) => events.on(channel, listener),
  };
  return {
    main,
    /** A page, or a frame in it, calls a handler. */
    async invoke(
      contents: FakeContents,
      channel: string,
      args: unknown[],
      frame: SenderPart['senderFrame'] = contents.mainFrame,
    ): Promise<unknown> {
      const handler = handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      return structuredClone(
        await handler({ sender: contents, senderFrame: frame }, ...structuredClone(args)),
      );
    },
    send(
      contents: FakeContents,
      channel: string,
      frame: SenderPart['senderFrame'] = contents.mainFrame,
      ...args: unknown[]
    ) {
      events.emit(channel, { sender: contents, senderFrame: frame }, ...args);
    },
  };
}

/** Schemes and who serves them. */
export function createProtocol(app: FakeApp) {
  const privileged = new Map<string, object>();
  const handlers = new Map<string, (request: Request) => Promise<Response>>();
  const main: Electron['protocol'] = {
    registerSchemesAsPrivileged(schemes) {
      if (app.ready)
        throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
      for (const { scheme, privileges = {} } of schemes) privileged.set(scheme, privileges);
    },
    handle: (scheme, handler) => void handlers.set(scheme, handler),
  };
  return {
    main,
    privileged,
    /** What the handler of the address's scheme answers. */
    async fetch(url: string, init?: RequestInit): Promise<Response> {
      const handler = handlers.get(url.slice(0, url.indexOf(':')));
      if (!handler) throw new Error(`Nobody serves ${url}.`);
      return handler(new Request(url, init));
    },
  };
}
