import time
import numpy as np
import pytest
from PIL import Image
from pathlib import Path
pytestmark = [pytest.mark.gimp3, pytest.mark.gui]
def test_try(gimp, fake_worker, shown):
    S=Path('/work/tmp/gimp3/shots'); S.mkdir(exist_ok=True)
    y,x=np.mgrid[:480,:640]
    Image.fromarray(np.stack([x%256,y%256,(x+y)%256],-1).astype(np.uint8)).save(gimp.folder/'try.png')
    with gimp.window(shown.display, str(gimp.folder/'try.png')):
        try:
            m=shown.window(r'GIMP$',60)
            time.sleep(2)
            print(shown.windows())
            shown.tell('windowmove',m,'0','0','windowsize',m,'1390','870'); time.sleep(1); shown.focus(m)
            shown.shoot(S/'main.png')
            shown.key('alt+l'); time.sleep(1); shown.shoot(S/'menu.png'); shown.key('Escape','Escape')
            shown.key('alt+l'); time.sleep(.5); shown.key('b')
            d=shown.window('^Remove Background$',20); shown.tell('mousemove','5','5');time.sleep(1.5); shown.shoot(S/'dialog.png',d); shown.focus(d); shown.key('Return')
            shown.window('2 layers',20); time.sleep(1); shown.shoot(S/'done.png')
        finally:
            shown.shoot(S/'end.png')
            print((gimp.folder/'window.log').read_text())
