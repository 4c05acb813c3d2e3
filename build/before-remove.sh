#!/bin/sh
# The package for Debian: what the person is told when it is removed (not when it is replaced by another version).
if [ "$1" = remove ]; then
  echo 'Greenlight leaves what it kept in ~/.config/Greenlight of each person who used it: settings, policies and'
  echo 'the log of calls. Delete that folder where nobody wants it any more. Clients that were connected still have'
  echo 'an entry called "greenlight" in their configuration.'
fi
