// Included before everything else when better-sqlite3 is compiled for Node 24 or newer.
//
// From Node 24.19 on, node::ObjectWrap takes its cleanup hook back in its destructor, which aborts the process when the garbage
// collector runs it outside of any JavaScript context, as it may at any await. better-sqlite3 12 derives from that class and
// cleans up by a hook of its own. This gives it the class as it was before; version 13 no longer uses it, and needs Node 22.
#pragma once
#include <node.h>

#define AddEnvironmentCleanupHook(...) static_cast<void>(0)
#define RemoveEnvironmentCleanupHook(...) static_cast<void>(0)
#include <node_object_wrap.h>
#undef AddEnvironmentCleanupHook
#undef RemoveEnvironmentCleanupHook
