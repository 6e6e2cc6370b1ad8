import traceback, os, sys
from krita import *
from PyQt5.QtCore import QByteArray
SRGB="sRGB-elle-V2-srgbtrc.icc"
def tree(n): return [(c.name(), c.type(), tree(c)) for c in (n.childNodes() or [])]
def steps(desk):
    A=desk.answer; app=desk.app
    A["menus"]=[a.text() for a in app.activeWindow().qwindow().menuBar().actions()]
    A["sys_path"]=sys.path[:6]; A["data"]=app.getAppDataLocation() if hasattr(app,"getAppDataLocation") else None
    d=app.createDocument(200,160,"d","RGBA","U8",SRGB,72.0)
    app.activeWindow().addView(d)
    yield lambda: d.activeNode() is not None
    n=d.createNode("p","paintlayer"); n.setPixelData(QByteArray(bytes([10,100,200,255])*(50*40)),-20,-10,50,40)
    d.rootNode().addChildNode(n,None); yield 0.3
    b=n.bounds(); A["bounds"]=[b.x(),b.y(),b.width(),b.height()]
    A["docs"]=[x==d for x in app.documents()]
    p=os.environ.get("CUTAWAY_TEMPLATE"); 
    # template
    t=app.openDocument(desk.given["template"]); 
    A["template"]=tree(t.rootNode()) if t else None
    A["docs_with_template"]=len(app.documents())
    m0=t.nodeByName("mask"); m=m0.duplicate(); A["mtype"]=m.type()
    t.setBatchmode(True); t.setModified(False); A["closed"]=t.close()
    m.setName("M"); A["set"]=m.setPixelData(QByteArray(bytes(range(256))*7+bytes(2000-256*7)),-20,-10,50,40)
    A["outside"]=[list(bytes(m.pixelData(500,500,1,1))), list(bytes(m.pixelData(-21,-10,2,1)))]
    A["mask_bytes_equal"]=bytes(m.pixelData(-20,-10,50,40))==bytes(range(256))*7+bytes(2000-256*7)
    new=n.duplicate(); new.setName("new"); A["uid"]=[n.uniqueId().toString(), new.uniqueId().toString()]
    new.setChildNodes([m]); n.parentNode().addChildNode(new,n); yield 0.5
    A["tree"]=tree(d.rootNode())
    A["mask_after_add"]=bytes(m.pixelData(-20,-10,50,40))==bytes(range(256))*7+bytes(2000-256*7)
    A["active"]=d.activeNode().name() if d.activeNode() else None
    d.setActiveNode(m); yield 0.4; A["active2"]=d.activeNode().name()
    app.action("edit_undo").trigger(); d.waitForDone(); yield 0.4
    A["undone"]=tree(d.rootNode()); A["new.parent"]=repr(new.parentNode()); A["active_undone"]=repr(d.activeNode())
    d.setActiveNode(n); yield .3; A["active3"]=d.activeNode().name()
    app.action("edit_redo").trigger(); d.waitForDone(); yield 0.4
    A["redone"]=tree(d.rootNode()); A["new.parent2"]=new.parentNode().name() if new.parentNode() else None
    # order of setChildNodes
    g=d.createGroupLayer("g"); 
    d.rootNode().addChildNode(g,None)
    for k in "abc":
        x=d.createNode(k,"paintlayer"); x.setPixelData(QByteArray(bytes([10,100,200,255])*100),0,0,10,10); g.addChildNode(x,None)
    yield .3
    A["g"]=tree(g); gd=g.duplicate(); A["gdup"]=tree(gd)
    m2=m.duplicate(); gd.setChildNodes(gd.childNodes()+[m2]); A["gdup_set"]=tree(gd)
    gd.setChildNodes(list(reversed(gd.childNodes()))); A["gdup_set_rev"]=tree(gd)
    g.addChildNode(m.duplicate(),None); yield .2; A["g_masked"]=tree(g)
    A["undo_text"]=app.action("edit_undo").text()
    d.setAnnotation("cutaway-x","desc",QByteArray(b"abc")); A["ann"]=[d.annotationTypes(), bytes(d.annotation("cutaway-x")).decode()]
    app.writeSetting("cutaway","settings","{}"); A["setting"]=[app.readSetting("cutaway","settings","none"), app.readSetting("cutaway","other","none")]
    A["gpx"]=len(bytes(g.pixelData(0,0,1,1))); b=g.bounds(); A["gbounds"]=[b.x(),b.y(),b.width(),b.height()]
    A["types"]=[hasattr(d,x) for x in ("createTransparencyMask","setAnnotation","removeAnnotation","activeNode")]
    A["attrs"]=[a for a in dir(n) if not a.startswith("_")]
    A["dattrs"]=[a for a in dir(d) if not a.startswith("_")]
    # bounds with mask, hidden
    new.setVisible(False); A["px_hidden"]=list(bytes(new.pixelData(-20,-10,1,1)))
    d.setBatchmode(True); A["saved"]=d.saveAs(desk.path("probe.kra")); 
    d.setModified(False); d.close(); yield .5
    A["after_close_docs"]=len(app.documents()); A["n_after_close"]=[repr(d in app.documents()), n.name()]
