#!/bin/sh
# A device model that emulates nothing: does what its arguments say, one after the other.
for does in "$@"; do
  case $does in
    say:*) echo "${does#say:}" ;;
    environment) env ;;
    descriptors) for fd in /proc/self/fd/*; do echo "fd ${fd##*/} $(readlink "$fd")"; done ;;
    ignore-hup) trap '' HUP ;;
    close-sentinel) exec 4>&- ;;
    fill-sentinel) head -c 1000000 /dev/zero >&4 ;;
    full-output) exec >/dev/full 2>&1 ;;
    wait:*) sleep "${does#wait:}" ;;
    wait-for:*) until [ -e "${does#wait-for:}" ]; do sleep 0.01; done ;;
    exit:*) exit "${does#exit:}" ;;
    die:*) kill -"${does#die:}" $$ ;;
    run) exec sleep 600 ;;
  esac
done
