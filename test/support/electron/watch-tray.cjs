// For `electron -r`: nothing can be asked of a tray icon or a dialog, so what they are told is kept where a test can read it.
const { existsSync } = require('node:fs');
const { app, dialog, Tray } = require('electron');

const { setToolTip } = Tray.prototype;
Tray.prototype.setToolTip = function (text) {
  globalThis.trayToolTip = text;
  return setToolTip.call(this, text);
};

const { showMessageBox } = dialog;
globalThis.questions = [];
dialog.showMessageBox = (...given) => {
  const { message, detail } = given.at(-1);
  globalThis.questions.push(detail === undefined ? message : `${message} ${detail}`);
  return showMessageBox.apply(dialog, given);
};

// Holds the start, from when it is the only one on, as long as this file is there.
const hold = process.env.GREENLIGHT_TEST_HOLD;
if (hold !== undefined) {
  const { whenReady } = app;
  app.whenReady = async () => {
    await whenReady.call(app);
    while (existsSync(hold)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
}

// What waits for a minute waits for so many milliseconds.
const minute = Number(process.env.GREENLIGHT_TEST_MINUTE);
if (minute > 0) {
  const { setTimeout: wait } = globalThis;
  globalThis.setTimeout = (then, span, ...given) => wait(then, span === 60_000 ? minute : span, ...given);
}
