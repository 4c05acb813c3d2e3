// For `electron -r`. Nothing of the application starts before the driver has its hands on it: windows that came while it
// connected could leave it waiting for ever, and a dialog at the start stops everything else. Playwright's own loader,
// which changes far more, does the same.
// Where it starts itself again, nobody drives it.
const driven = new Promise((resolve) => {
  globalThis.__playwright_run = resolve;
  if (process.env.GREENLIGHT_TEST_DRIVER === undefined) resolve();
});
delete process.env.GREENLIGHT_TEST_DRIVER;

// Nothing can be asked of a tray icon or a dialog, so what they are told is kept where a test can read it.
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

// Holds the start further, from when it is the only one on, as long as this file is there.
const hold = process.env.GREENLIGHT_TEST_HOLD;
const { whenReady } = app;
app.whenReady = async () => {
  await whenReady.call(app);
  await driven;
  while (hold !== undefined && existsSync(hold)) await new Promise((resolve) => setTimeout(resolve, 20));
};

// What waits for a minute waits for so many milliseconds.
const minute = Number(process.env.GREENLIGHT_TEST_MINUTE);
if (minute > 0) {
  const { setTimeout: wait } = globalThis;
  globalThis.setTimeout = (then, span, ...given) => wait(then, span === 60_000 ? minute : span, ...given);
}
