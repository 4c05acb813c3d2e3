const GNOME =
  'GNOME shows them with the extension “AppIndicator and KStatusNotifierItem Support”: install it (Debian, Ubuntu: apt install gnome-shell-extension-appindicator; Fedora: dnf install gnome-shell-extension-appindicator; else from extensions.gnome.org), log out and in, and switch it on in Extensions.';
const OTHERS =
  'Add the system tray (“Status Notifier”, “Indicator”) to your panel, or start one that has it, such as waybar.';

/** What to do where the desktop (`XDG_CURRENT_DESKTOP`, as in "ubuntu:GNOME") shows no icons of trays. */
export function noTrayWords(desktop = ''): string {
  const how = desktop.toUpperCase().split(':').includes('GNOME') ? GNOME : OTHERS;
  return `Nothing on this desktop shows the icons of trays. ${how} Until then its window is minimised instead of closed, and starting Greenlight again brings it back; calls are judged all the while.`;
}
