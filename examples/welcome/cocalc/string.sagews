︠f127ce76-e83f-51c7-a478-9b6bc73f7b84i︠
%md
# A string in Sage

Both ends are held, so $u(0,t) = u(L,t) = 0$.
︡9d5e763f-18d5-5083-a706-2bf65b7a312f︡{"md": "# A string in Sage\n\nBoth ends are held, so $u(0,t) = u(L,t) = 0$."}︡{"done": true}︡
︠1861edf0-f7a1-5ac5-8449-e84a351fbc57s︠
var('x t A k omega')
u = A*cos(k*x - omega*t) + A*cos(k*x + omega*t)
show(u.trig_expand())
︡784d77a8-4806-5e74-95ae-2edf95321b8b︡{"tex": {"tex": "2 \\, A \\cos\\left(k x\\right) \\cos\\left(\\omega t\\right)", "display": true}}︡{"done": true}︡
︠fa8c5713-78ff-5b60-a434-d79c7163a2a5s︠
L, c = 0.65, 254.8
for n in (1, 2, 3):
    print(n, c * n / (2 * L))
︡c5e5f7fe-5699-5a58-a420-36ca26d4da92︡{"stdout": "1 196.000000000000\n"}︡{"stdout": "2 392.000000000000\n3 588.000000000000\n"}︡{"done": true}︡
︠3b2b813b-d7a1-59c3-9666-c52de1876d0fs︠
%r
x <- c(196.4, 391.2, 588.9)
summary(x)
︡96d837fc-db4f-5363-a416-b0afcd5d8ee9︡{"stdout": "   Min. 1st Qu.  Median    Mean 3rd Qu.    Max. \n  196.4   293.8   391.2   392.2   490.0   588.9 "}︡{"done": true}︡
︠41cf9802-3bfa-5702-8c9c-242053074f3cs︠
table([(n, 2*L/n) for n in (1, 2, 3)], header_row=['n', 'wavelength'])
︡3939a576-a14e-551a-9ca5-be481496e25f︡{"html": "<table class=\"dataframe\"><thead><tr><th>n</th><th>wavelength</th></tr></thead><tbody><tr><td>1</td><td>1.30</td></tr><tr><td>2</td><td>0.65</td></tr><tr><td>3</td><td>0.43</td></tr></tbody></table>"}︡{"done": true}︡
︠59233a24-24ee-5bd9-bbd5-bd38f011afb8s︠
plot(sin(3*pi*x/L), (x, 0, L))
︡4ecad110-4f8e-5afb-a40b-9cf9b63120a9︡{"file": {"filename": "/home/user/.sage/temp/tmp_wave.svg", "uuid": "e6463bfb-8515-577b-9505-03a32d99d7a4", "show": true}}︡{"done": true}︡
︠006fe378-2d63-54bc-a9ba-5918aaf2307as︠
name = raw_input('Your string? ')
1 / 0
︡e160f1b0-3dbc-5ad6-86ce-b82a1384a6ca︡{"raw_input": {"prompt": "Your string?", "value": "G", "submitted": true}}︡{"stderr": "Error in lines 2-2\nTraceback (most recent call last):\nZeroDivisionError: rational division by zero\n"}︡{"done": true}︡
