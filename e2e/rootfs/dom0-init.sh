#!/bin/busybox sh
# Brings dom0 up: file systems, modules, xenstore, console daemon, network to the machine outside, the rig's agent.
/bin/busybox --install -s /bin 2>/dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux LC_ALL=C
cd /

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts -o ptmxmode=0666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/xen /run/xenstored /var/log/xen /var/lib/xen
ln -sfn /run/lock /var/lock
hostname dom0

word() { # the value of a NAME= word of the kernel's command line
  for w in $(cat /proc/cmdline); do
    case $w in "$1"=*) echo "${w#*=}"; return ;; esac
  done
}
stop() { echo "RIG-FAILED $*"; sync; poweroff -f; }

for module in xen-privcmd xenfs xen-evtchn xen-gntdev xen-gntalloc xen-blkback xen-netback virtio_pci virtio_net loop tun; do
  modprobe "$module" 2>/dev/null
done
mount -t xenfs xenfs /proc/xen || stop "xenfs cannot be mounted: this is no Xen domain"
grep -q control_d /proc/xen/capabilities || stop "this is not dom0"

store=$(word rig.xenstore)
/usr/lib/xen-4.17/bin/"${store:-xenstored}" --pid-file /run/xenstore.pid || stop "xenstored does not start"
tries=0
until xenstore-read -s / >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -gt 300 ] && stop "xenstored does not answer"
  sleep 0.1
done
/usr/lib/xen-4.17/bin/xen-init-dom0 >/dev/null || stop "xen-init-dom0 fails"
/usr/lib/xen-4.17/bin/xenconsoled --log=all --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid ||
  stop "xenconsoled does not start"

ip link set lo up
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 || stop "dom0 has no network card"
if [ -n "$(word rig.share)" ]; then
  modprobe 9pnet_virtio && modprobe 9p
  mkdir -p /repo
  mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=none repo /repo || echo "RIG-WARNING /repo cannot be mounted"
fi

/usr/local/sbin/agent 7000 "$(word rig.token)" </dev/null >/var/log/agent 2>&1 &
echo "RIG-READY"
# Processes that daemonize become children of this one.
while true; do wait; sleep 60; done
