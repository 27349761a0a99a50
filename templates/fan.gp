# Fan: actual line, forecast with its 80 % and 95 % ranges, budget. The ranges are opaque tints, so
# that the page needs no transparency (archive PDF).
# $series: x actual forecast low95 high95 low80 high80 budget
set grid ytics back lt 1 lw 0.4 lc rgb rgb_grid
plot $series using 1:4:5 with filledcurves fc rgb rgb_band_outer fs solid 1 noborder, \
     $series using 1:6:7 with filledcurves fc rgb rgb_band_inner fs solid 1 noborder, \
     0 with lines lc rgb rgb_axis lw 0.6, \
     $series using 1:8 with lines lc rgb rgb_alert lw 1 dt (6,4), \
     $series using 1:3 with lines lc rgb rgb_accent lw 1.2 dt (2,2), \
     $series using 1:2 with lines lc rgb rgb_accent lw 1.6, \
     $boxes using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 noborder lc rgb variable
