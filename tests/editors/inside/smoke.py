import traceback
import report
from gi.repository import Gimp, Gegl, Gio
img=Gimp.Image.new(300,200,Gimp.ImageBaseType.RGB); l=Gimp.Layer.new(img,'a',300,200,Gimp.ImageType.RGBA_IMAGE,100.0,Gimp.LayerMode.NORMAL); img.insert_layer(l,None,0); l.fill(Gimp.FillType.WHITE)
p=Gimp.get_pdb().lookup_procedure('cutaway-remove-background'); c=p.create_config()
c.set_property('run-mode',Gimp.RunMode.NONINTERACTIVE); c.set_property('image',img); c.set_core_object_array('drawables',[l])
r=p.run(c)
print(r.index(0), r.index(1), [x.get_name() for x in img.get_layers()])
report.say('smoke', [x.get_name() for x in img.get_layers()])
