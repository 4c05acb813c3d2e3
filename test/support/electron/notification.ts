import { EventEmitter } from 'node:events';
import type { NotificationConstructorOptions } from 'electron';
import type { NotificationPart } from '../../../main/desktop/electron.ts';

/** A notification; `press`, `write`, `click` and `dismiss` do what the person does. */
export class FakeNotification extends EventEmitter implements NotificationPart {
  readonly options: NotificationConstructorOptions;
  readonly #center: { failing: string };
  onScreen = false;

  constructor(options: NotificationConstructorOptions, center: { failing: string }) {
    super();
    this.options = options;
    this.#center = center;
  }

  show(): void {
    const { failing } = this.#center;
    queueMicrotask(() => {
      if (failing !== '') {
        this.emit('failed', {}, failing);
        return;
      }
      this.onScreen = true;
      this.emit('show');
    });
  }

  close(): void {
    if (this.onScreen) this.#leave('applicationHidden');
  }

  click(): void {
    this.emit('click');
    this.#leave('userCanceled');
  }

  /** Presses the button with this label. */
  press(label: string): void {
    const actionIndex = this.options.actions?.findIndex(({ text }) => text === label) ?? -1;
    if (actionIndex < 0) throw new Error(`The notification has no button ${label}.`);
    this.emit('action', { actionIndex });
    this.#leave('userCanceled');
  }

  /** Writes into the field for a reply and sends it. */
  write(reply: string): void {
    if (this.options.hasReply !== true) throw new Error('The notification has no field to write into.');
    this.emit('reply', { reply });
    this.#leave('userCanceled');
  }

  /** It leaves the screen by itself (`timedOut`) or is swept away. */
  dismiss(reason: 'userCanceled' | 'timedOut' = 'userCanceled'): void {
    this.#leave(reason);
  }

  #leave(reason: string): void {
    this.onScreen = false;
    this.emit('close', { reason });
  }
}
