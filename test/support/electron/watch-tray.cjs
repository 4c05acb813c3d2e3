// For `electron -r`: nothing can be asked of a tray icon, so what it is told is kept where a test can read it.
const { Tray } = require('electron');

const setToolTip = Tray.prototype.setToolTip;
Tray.prototype.setToolTip = function (text) {
  globalThis.trayToolTip = text;
  return setToolTip.call(this, text);
};
