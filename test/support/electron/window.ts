import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions, HandlerDetails } from 'electron';
import type { ContentsPart, GuardedContents, WindowPart } from '../../../main/desktop/electron.ts';

/** One message that was sent to a page. */
export interface Sent {
  channel: string;
  args: unknown[];
}

/** A page. It has a main frame, and navigates only where nobody prevents it. */
export class FakeContents extends EventEmitter implements ContentsPart {
  readonly sent: Sent[] = [];
  readonly mainFrame = { url: '' };
  reloads = 0;
  #openHandler: Parameters<GuardedContents['setWindowOpenHandler']>[0] = () => ({ action: 'allow' });
  #destroyed = false;

  isDestroyed = () => this.#destroyed;
  isCrashed = () => false;
  send = (channel: string, ...args: unknown[]) => {
    this.sent.push({ channel, args });
    this.emit('fake-sent', { channel, args });
  };
  setWindowOpenHandler: GuardedContents['setWindowOpenHandler'] = (handler) => {
    this.#openHandler = handler;
  };

  reload(): void {
    this.reloads += 1;
  }

  destroy(): void {
    this.#destroyed = true;
    this.emit('destroyed');
  }

  /** The page tries to go to `url`; returns whether it may. */
  navigate(
    url: string,
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect' = 'will-navigate',
  ): boolean {
    let allowed = true;
    this.emit(event, {
      url,
      preventDefault: () => {
        allowed = false;
      },
    });
    if (allowed && event !== 'will-frame-navigate') this.mainFrame.url = url;
    return allowed;
  }

  /** The page tries to open a window; returns what becomes of it. */
  openWindow(url: string): 'allow' | 'deny' {
    return this.#openHandler({ url } as HandlerDetails).action;
  }
}

/** A window. Loading never fails; what is shown first comes with the next turn. */
export class FakeWindow extends EventEmitter implements WindowPart {
  readonly options: BrowserWindowConstructorOptions;
  readonly contents = new FakeContents();
  /** What the rest of the application sees of the page. */
  readonly webContents: FakeContents = this.contents;
  bounds = { x: 0, y: 0, width: 0, height: 0 };
  visible = false;
  focused = false;
  #destroyed = false;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  get url(): string {
    return this.contents.mainFrame.url;
  }

  async loadURL(url: string): Promise<void> {
    const first = this.url === '';
    this.contents.mainFrame.url = url;
    if (!first) return;
    await Promise.resolve();
    this.emit('ready-to-show');
  }

  setBounds(bounds: Partial<typeof this.bounds>): void {
    this.bounds = { ...this.bounds, ...bounds };
  }

  isDestroyed = () => this.#destroyed;
  isMinimized = () => false;
  restore = () => {};
  minimize = () => {
    throw new Error('Where there is a tray a window is closed.');
  };
  focus = () => {
    this.focused = true;
  };
  showInactive = () => {
    this.visible = true;
  };
  show(): void {
    this.visible = true;
    this.focused = true;
  }

  close(): void {
    if (this.#destroyed) return;
    let prevented = false;
    this.emit('close', {
      preventDefault: () => {
        prevented = true;
      },
    });
    if (prevented) return;
    this.#destroyed = true;
    this.visible = false;
    this.contents.destroy();
    this.emit('closed');
  }

  blur(): void {
    this.focused = false;
    this.emit('blur');
  }
}
