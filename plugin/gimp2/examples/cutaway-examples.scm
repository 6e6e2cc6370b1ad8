; Remove Background without a window, from GIMP 2.10's Script-Fu. Copy it and change it as you like.
;
;   gimp-console-2.10 -i -b '(begin
;     (load "<this folder>/cutaway-examples.scm")
;     (cutaway-folder "photos" "cutouts" "write-png" TRUE "feather" 2))' -b '(gimp-quit 0)'
;
; Every function takes the settings of the dialog by their names ("model", "refine", "clean", "output", "feather", ...),
; each followed by its value. What goes wrong ends the script; but GIMP 2.10 ends with the exit code 0 all the same:
; "ok" in the report says how it went. Nothing is overwritten.

; Every picture of a folder into NAME.xcf (layer and mask) in another one; with "write-png" TRUE into NAME.png, too.
; Also: "write-xcf", "all-layers", "overwrite", "report-file". What came of each picture is in cutaway-report.json
; there; the same call again does what is still to be done.
(define (cutaway-folder pictures results . more)
  (apply python-fu-cutaway-remove-background-folder
         (append (list RUN-NONINTERACTIVE pictures results)
                 (cutaway-arguments
                   (list (list "write-xcf" TRUE) (list "write-png" FALSE) (list "all-layers" FALSE)
                         (list "overwrite" FALSE) (list "report-file" ""))
                   more))))

; Every layer of one picture, saved as an XCF file. What came of each is in "report-file", else beside the target under
; its name with "-report.json" behind it.
(define (cutaway-every-layer picture target . more)
  (cutaway-must-be-free target)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE picture picture)))
         (layer (car (gimp-image-get-active-layer image)))
         (counts (apply python-fu-cutaway-remove-background-layers
                        (append (list RUN-NONINTERACTIVE image layer)
                                (cutaway-arguments
                                  (list (list "report-file" (string-append target "-report.json"))) more)))))
    (gimp-xcf-save 0 image layer target target)
    (gimp-image-delete image)
    (cutaway-judged counts)))

; The pictures of a list (GIMP 2.10 opens no files of its command line without a window) and all that are open already.
; Each is saved as NAME-number.xcf in a folder that is there. What came of each is in "report-file", else in
; cutaway-open-images.json in that folder.
(define (cutaway-open-images pictures results . more)
  (for-each (lambda (picture) (gimp-file-load RUN-NONINTERACTIVE picture picture)) pictures)
  (let ((counts (apply python-fu-cutaway-remove-background-open-images
                       (append (list RUN-NONINTERACTIVE)
                               (cutaway-arguments
                                 (list (list "report-file" (string-append results "/cutaway-open-images.json")))
                                 more)))))
    (for-each
      (lambda (image)
        (let* ((name (car (strbreakup (car (gimp-image-get-name image)) ".")))
               (target (string-append results "/" name "-" (number->string image) ".xcf")))
          (cutaway-must-be-free target)
          (gimp-xcf-save 0 image (car (gimp-image-get-active-layer image)) target target)))
      (vector->list (cadr (gimp-image-list))))
    (cutaway-judged counts)))

; Procedures of GIMP 2.10 take their arguments by place: own, and then the settings. What is not said in more
; ("name" value ...) has its default.
(define (cutaway-arguments own more)
  (let ((rows (append own (read (open-input-string (car (python-fu-cutaway-settings RUN-NONINTERACTIVE)))))))
    (cutaway-must-be-known more rows)
    (map (lambda (row) (cutaway-said (car row) more (cadr row))) rows)))

(define (cutaway-said name more default)
  (cond ((null? more) default)
        ((string=? name (car more)) (cadr more))
        (else (cutaway-said name (cddr more) default))))

(define (cutaway-must-be-known more rows)
  (if (pair? more)
      (if (assoc (car more) rows)
          (cutaway-must-be-known (cddr more) rows)
          (error "There is no setting named" (car more)))))

; counts: how many were done, skipped and failed, and the report in JSON.
(define (cutaway-judged counts)
  (if (> (caddr counts) 0)
      (error "Not everything could be done" (cadddr counts))
      counts))

(define (cutaway-must-be-free target)
  (if (file-exists? target)
      (error "There already" target)))
