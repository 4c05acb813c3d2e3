// For `electron -r`: nothing can be asked of a tray icon or a dialog, so what they are told is kept where a test can read it.
const { dialog, Tray } = require('electron');

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
