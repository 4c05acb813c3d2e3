"""A desktop's panel for tests: icons register with it, as StatusNotifierItem, and it reads and presses what a person would.

Each line of standard input is a command in JSON: {"do": "show"}, {"do": "choose", "path": [label, ...]} or
{"do": "click"}; each gets a line of JSON as its answer. Labels may be the beginnings of labels.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = 'org.kde.StatusNotifierWatcher'
ITEM = 'org.kde.StatusNotifierItem'
MENU = 'com.canonical.dbusmenu'
PROPERTIES = 'org.freedesktop.DBus.Properties'

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()


class Watcher(dbus.service.Object):
    items = []

    @dbus.service.method(WATCHER, in_signature='s', sender_keyword='sender')
    def RegisterStatusNotifierItem(self, service, sender=None):
        item = (sender, service) if service.startswith('/') else (service, '/StatusNotifierItem')
        self.items.append(item)
        self.StatusNotifierItemRegistered(''.join(item))

    @dbus.service.method(WATCHER, in_signature='s')
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature='s')
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.method(PROPERTIES, in_signature='ss', out_signature='v')
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature='s', out_signature='a{sv}')
    def GetAll(self, interface):
        return {
            'RegisteredStatusNotifierItems': dbus.Array([''.join(item) for item in self.items], signature='s'),
            'IsStatusNotifierHostRegistered': True,
            'ProtocolVersion': 0,
        }


def newest():
    """The icon that registered last and whose application still runs."""
    for name, path in reversed(Watcher.items):
        if bus.name_has_owner(name):
            return bus.get_object(name, path, introspect=False)
    raise LookupError('there is no icon')


def of_item(name):
    return newest().Get(ITEM, name, dbus_interface=PROPERTIES)


def menu():
    return bus.get_object(newest().bus_name, str(of_item('Menu')), introspect=False)


def item(node):
    number, properties, children = node
    state = properties.get('toggle-state')
    return {
        'id': int(number),
        'label': str(properties.get('label', '')),
        'enabled': bool(properties.get('enabled', True)),
        **({'ticked': int(state) == 1} if properties.get('toggle-type', '') != '' else {}),
        **({'items': [item(child) for child in children]} if len(children) > 0 else {}),
    }


def items():
    layout = menu().GetLayout(0, -1, dbus.Array([], signature='s'), dbus_interface=MENU)[1]
    return item(layout).get('items', [])


def choose(path):
    level = items()
    for label in path:
        found = next((one for one in level if one['label'].startswith(label)), None)
        if found is None:
            raise LookupError('no "%s" among: %s' % (label, ' | '.join(one['label'] for one in level)))
        level = found.get('items', [])
    if not found['enabled']:
        raise LookupError('"%s" cannot be chosen' % found['label'])
    # Who is told to quit may be gone before it answers.
    menu().Event(
        found['id'],
        'clicked',
        dbus.Int32(0, variant_level=1),
        dbus.UInt32(0),
        dbus_interface=MENU,
        ignore_reply=True,
    )


def obey(command):
    if command['do'] == 'show':
        return {'toolTip': str(of_item('ToolTip')[2]), 'items': items()}
    if command['do'] == 'choose':
        return choose(command['path'])
    return newest().Activate(0, 0, dbus_interface=ITEM, ignore_reply=True)


def read(source, _condition):
    line = source.readline()
    if line == '':
        loop.quit()
        return False
    try:
        answer = {'result': obey(json.loads(line))}
    except Exception as error:
        answer = {'error': str(error)}
    print(json.dumps(answer), flush=True)
    return True


# An earlier panel may be about to end.
name = dbus.service.BusName(WATCHER, bus, allow_replacement=True, replace_existing=True)
watcher = Watcher(bus, '/StatusNotifierWatcher')
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, read)
print(json.dumps({'result': 'ready'}), flush=True)
loop.run()
