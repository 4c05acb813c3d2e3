/** The preload script: in a sandbox, it hands the page the one bridge and nothing of Electron. */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron';
import { BRIDGE, type DesktopBridge } from '../../shared/desktop-bridge.ts';
import { CALL, CANCEL, EVENT, SUBSCRIBE } from './window/channels.ts';

const bridge: DesktopBridge = {
  call: (method, params, id) => ipcRenderer.invoke(CALL, String(method), String(params), String(id)),
  cancel: (id) => ipcRenderer.send(CANCEL, String(id)),
  subscribe(listener) {
    // The event object would hand the page ipcRenderer itself.
    const receive = (_event: IpcRendererEvent, name: string, data: string) => listener(name, data);
    ipcRenderer.on(EVENT, receive);
    ipcRenderer.send(SUBSCRIBE);
    return () => ipcRenderer.off(EVENT, receive);
  },
};

contextBridge.exposeInMainWorld(BRIDGE, bridge);
